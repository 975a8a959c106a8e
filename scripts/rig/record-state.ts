type Listener = (event: { readonly outputState: string; readonly outputPath?: string | null }) => void;

/** obs-websocket-js in either encoding. */
interface ObsClient {
  on(event: 'RecordStateChanged', listener: Listener): unknown;
  off(event: 'RecordStateChanged', listener: Listener): unknown;
}

/** Resolves with the path that OBS names when its record output next comes to this state, such as STOPPED. */
export function recordState(client: ObsClient, state: string): Promise<string> {
  return new Promise((resolve) => {
    const look: Listener = ({ outputState, outputPath }) => {
      if (outputState !== `OBS_WEBSOCKET_OUTPUT_${state}`) return;
      client.off('RecordStateChanged', look);
      resolve(outputPath ?? '');
    };
    client.on('RecordStateChanged', look);
  });
}
