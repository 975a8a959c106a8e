/** Stands in for `isomorphic-ws`, which looks for a WebSocket in many places: every browser has it here. */
// biome-ignore lint/style/noDefaultExport: obs-websocket-js imports it so
export default WebSocket;
