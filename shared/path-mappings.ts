/** What OBS's folders are called on this machine, where OBS runs on another one: as a setting, and as one line of text. */

/** A folder by OBS's name for it, and the same folder by its name here. Both are full paths, each as its own system writes them. */
export interface PathMapping {
  readonly obs: string;
  readonly here: string;
}

/** `D:\Rec = /mnt/rec; \\nas\video = /mnt/video`. What has no equals sign has an empty `here`, which the schema refuses. */
export function parsePathMappings(text: string): PathMapping[] {
  return text
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => {
      const [obs = '', ...here] = one.split('=');
      return { obs: obs.trim(), here: here.join('=').trim() };
    });
}

/** The same the other way round. */
export const formatPathMappings = (mappings: readonly PathMapping[]): string =>
  mappings.map(({ obs, here }) => `${obs} = ${here}`).join('; ');
