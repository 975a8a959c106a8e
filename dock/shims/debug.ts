/** Stands in for the package `debug`, with which obs-websocket-js logs: the dock has no log. */
const silent = (): void => undefined;

const createDebug = (): typeof silent => silent;

// biome-ignore lint/style/noDefaultExport: obs-websocket-js imports it so
export default createDebug;
