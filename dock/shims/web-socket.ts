/** Stands in for `isomorphic-ws`, which looks for a WebSocket everywhere but where every browser has it. */
// biome-ignore lint/style/noDefaultExport: obs-websocket-js imports it so
export default WebSocket;
