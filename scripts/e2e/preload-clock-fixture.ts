/**
 * Preloaded into the agent's process (`NODE_OPTIONS=--import …`): its time of day can be set, as an owner of the machine sets it.
 * What nobody can set goes on as it was: timers, `performance.now()`, the times of files. By how much it is off, in whole ms, comes as a
 * message, or from the start in the variable STREAMAI_TEST_CLOCK.
 */
const real = Date;
let offMs = Number(process.env.STREAMAI_TEST_CLOCK ?? 0);
const now = (): number => real.now() + offMs;

globalThis.Date = new Proxy(real, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});

process.on('message', (message) => {
  if (typeof message !== 'object' || message === null || !('clockMs' in message)) return;
  offMs = Number(message.clockMs);
  process.send?.('set');
});
process.channel?.unref();
