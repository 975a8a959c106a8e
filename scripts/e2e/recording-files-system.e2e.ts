import { describeRecordingFiles } from './recording-files-suite.ts';

await describeRecordingFiles('system', 'mkv');
