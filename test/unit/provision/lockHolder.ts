/**
 * A process that appends `begin` and `end` to a file while it holds the lock. Arguments: folder, file, milliseconds to
 * hold it.
 */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeInstallLock } from '../../../core/provision/installLock.ts';

const [folder = '', file = '', holdMs = '0'] = process.argv.slice(2);
const giveBack = await takeInstallLock(folder, () => undefined);
appendFileSync(file, 'begin\n');
await sleep(Number(holdMs));
appendFileSync(file, 'end\n');
await giveBack();
