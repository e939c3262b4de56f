import { EventEmitter } from 'node:events';

/** Loaded before the program: at SIGUSR2 something goes wrong in it that nobody has provided for, as SURPRISE says. */
const SURPRISES = {
  rejection: () => void Promise.reject(new Error('a surprise: nobody handles this rejection')),
  connection: () =>
    new EventEmitter().emit('error', Object.assign(new Error('a surprise: read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })),
  exception: () => {
    throw new Error('a surprise: nobody catches this exception');
  },
};
process.on('SIGUSR2', () => setImmediate(() => SURPRISES[process.env.SURPRISE]()));
