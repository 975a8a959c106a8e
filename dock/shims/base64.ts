/** Stands in for `crypto-js/enc-base64.js`, as far as obs-websocket-js uses it. */
const base64 = {
  stringify: (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes)),
};

// biome-ignore lint/style/noDefaultExport: obs-websocket-js imports it so
export default base64;
