import { describeMainJob } from './main-job-suite.ts';

await describeMainJob('system', 'mkv');
