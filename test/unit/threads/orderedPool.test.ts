import { expect, test } from 'vitest';
import { answersInOrder, type OrderedPool } from '../../../core/threads/orderedPool.ts';

interface Question {
  readonly id: number;
  readonly delayMs: number;
  readonly fails: boolean;
}
interface Answer {
  readonly id: number;
  readonly answer: number;
}

const asked: number[] = [];

function pool(count: number, more: Partial<OrderedPool<Question>> = {}): AsyncGenerator<{ reply: Answer }> {
  asked.length = 0;
  return answersInOrder<Question, Answer>({
    entry: new URL('./echoWorker.ts', import.meta.url),
    threads: 3,
    count,
    request: (id) => {
      asked.push(id);
      return { id, delayMs: (7 * id) % 5, fails: false };
    },
    ...more,
  });
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

test('answers come in the order of the requests, of which few are ahead', async () => {
  const answers: number[] = [];
  for await (const { reply } of pool(20)) {
    answers.push(reply.answer);
    expect(asked.length).toBeLessThanOrEqual(answers.length + 6);
  }
  expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => i * i));
});

test('a broken request ends it with its error, an abort with its reason', async () => {
  const broken = pool(4, { request: (id) => ({ id, delayMs: 0, fails: id === 2 }) });
  await expect(collect(broken)).rejects.toThrow('request 2 is broken');
  const stop = new AbortController();
  const running = pool(50, { signal: stop.signal, request: (id) => ({ id, delayMs: 50, fails: false }) });
  const rest = collect(running);
  stop.abort(new Error('enough'));
  await expect(rest).rejects.toThrow('enough');
});

test('no request, no answer', async () => {
  expect(await collect(pool(0))).toEqual([]);
});
