/** The texts of the help in English: part of its own file, as it is. */
export const enHelp = {
  heading: 'Shortcuts',
  hint: 'They work while you are not typing.',
  keys: {
    record: 'Start or stop recording',
    pause: 'Pause or go on',
    split: 'Split into a new file',
    chapter: 'Add a chapter',
    name: 'Session name',
    search: 'Search',
    help: 'This help',
    escape: 'Close what is open',
  },
  escapeKey: 'Esc',
};

/** The texts that every language must have. */
export type HelpTexts = typeof enHelp;
