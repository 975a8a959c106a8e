import { client, showFailure } from '../../dock.ts';
import { createSettingsEditor } from './settings-editor.ts';

/** The page's editor: what was typed is kept while something else is shown. */
export const settingsEditor = createSettingsEditor({
  change: (change) => client.changeSettings(change),
  onFailure: showFailure,
});
