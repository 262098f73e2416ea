/**
 * The picture library keeps one list of messages for all its threads: of two pictures that fail at the same time, one
 * is told the other's reason or none. So what failed is done once more while nothing else is, to hear why.
 */
let inFlight = 0;
let alone: Promise<unknown> = Promise.resolve();
let idle: (() => void)[] = [];

async function begin<T>(work: () => Promise<T>): Promise<T> {
  inFlight += 1;
  try {
    return await work();
  } finally {
    inFlight -= 1;
    if (inFlight === 0) for (const resume of idle.splice(0)) resume();
  }
}

/** Does `work` beside others; where it throws, again and alone, and that is the result. Within this thread. */
export async function withOwnReason<T>(work: () => Promise<T>): Promise<T> {
  await alone;
  try {
    return await begin(work);
  } catch {
    const turn = alone.then(async () => {
      while (inFlight > 0)
        await new Promise<void>((resolve) => {
          idle = [...idle, resolve];
        });
      return begin(work);
    });
    alone = turn.catch(() => undefined);
    return turn;
  }
}
