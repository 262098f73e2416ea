/** A job process that ends, or does not, in the way its TEST_ENDING says. */
const ending = process.env['TEST_ENDING'];
const send = (message: object): Promise<void> => new Promise((resolve) => process.send?.(message, () => resolve()));

process.on('message', (message: { type: string }) => {
  void answer(message);
});

async function answer(message: { type: string }): Promise<void> {
  if (message.type === 'stop') {
    if (ending === 'obedient') {
      await send({ type: 'done', result: { stopped: true } });
      process.exit(0);
    }
    return;
  }
  switch (ending) {
    case 'done':
      await send({ type: 'progress', stage: 'work', done: 1, total: 2, perSec: 3, secondsLeft: null });
      await send({ type: 'log', level: 'warn', text: 'careful' });
      await send({ type: 'done', result: { answer: 42 } });
      process.disconnect();
      return;
    case 'doneThenHang':
      await send({ type: 'done', result: 'late' });
      setInterval(() => undefined, 1000);
      return;
    case 'failed':
      await send({
        type: 'failed',
        error: { code: 'file.diskFull', message: 'The disk is full.', remedy: 'Free some space.' },
      });
      process.disconnect();
      return;
    case 'nonsense':
      return void send({ type: 'surprise' });
    case 'exit0':
      return process.exit(0);
    case 'exit3':
      process.stderr.write('first line\nthe reason\n');
      return process.exit(3);
    case 'throw':
      throw new Error('broken on purpose');
    case 'abort':
      return process.abort();
    case 'sigkill':
      return void process.kill(process.pid, 'SIGKILL');
    case 'exit137':
      return process.exit(137);
    case 'hang':
      return void setInterval(() => undefined, 1000);
    default:
      throw new Error(`no ending ${ending}`);
  }
}
