import { describe, expect, test } from 'vitest';
import { pathAtObs, pathHere } from './path-mapping.ts';
import { withPathsAtObs, withPathsHere } from './wire-paths.ts';

const fromWindows = [
  { obs: 'D:\\Rec', here: '/mnt/rec' },
  { obs: 'D:/Rec/Long/', here: '/mnt/long/' },
  { obs: '\\\\Studio\\Video', here: '/mnt/video' },
  { obs: 'E:\\', here: '/mnt/e' },
  { obs: 'F:', here: '/mnt/f' },
];

describe('a path of an OBS on Windows, on macOS or Linux', () => {
  test.each([
    ['D:/Rec/a.mkv', '/mnt/rec/a.mkv'],
    ['D:\\Rec\\2026\\a b.mkv', '/mnt/rec/2026/a b.mkv'],
    ['d:\\REC/a.mkv', '/mnt/rec/a.mkv'],
    ['D:\\Rec\\', '/mnt/rec'],
    ['D:/Rec', '/mnt/rec'],
    ['D://Rec//a.mkv', '/mnt/rec/a.mkv'],
    ['D:/Rec/ÉTÉ.mkv', '/mnt/rec/ÉTÉ.mkv'],
    ['\\\\?\\D:\\Rec\\a.mkv', '/mnt/rec/a.mkv'],
    // The innermost folder counts, whatever its place in the list.
    ['D:/Rec/Long/a.mkv', '/mnt/long/a.mkv'],
    ['d:/rec/long', '/mnt/long/'],
    ['D:/Rec/Longer/a.mkv', '/mnt/rec/Longer/a.mkv'],
    ['//studio/video/a.mkv', '/mnt/video/a.mkv'],
    ['\\\\STUDIO\\VIDEO\\x\\a.mkv', '/mnt/video/x/a.mkv'],
    ['\\\\?\\UNC\\studio\\video\\a.mkv', '/mnt/video/a.mkv'],
    ['E:/a.mkv', '/mnt/e/a.mkv'],
    ['F:\\a.mkv', '/mnt/f/a.mkv'],
    // Within the folder.
    ['D:/Rec/x/../a.mkv', '/mnt/rec/a.mkv'],
    ['D:/Other/../Rec/a.mkv', '/mnt/rec/a.mkv'],
    ['//studio/video/../../a.mkv', '/mnt/video/a.mkv'],
    ['E:/../../etc/passwd', '/mnt/e/etc/passwd'],
  ])('%s is %s', (told, here) => expect(pathHere(told, fromWindows, 'linux')).toBe(here));

  test.each([
    'D:/Recordings/a.mkv',
    'D:/Rec/../Secret/a.mkv',
    'D:/Rec/../../Secret/a.mkv',
    'D:Rec/a.mkv',
    'C:/Rec/a.mkv',
    '//studio/videos/a.mkv',
    '//studio',
    '//studio/other/../other/a.mkv',
    '/mnt/rec/a.mkv',
    '/D:/Rec/a.mkv',
    'Rec/a.mkv',
    '',
    'rtmp://studio/video/a.mkv',
    '\\\\.\\D:\\Rec\\a.mkv',
    '\\\\?\\GLOBALROOT\\Rec\\a.mkv',
  ])('%j lies in no mapped folder', (told) => expect(pathHere(told, fromWindows, 'linux')).toBeNull());

  test.each([
    ['/mnt/rec', 'D:\\Rec'],
    ['/mnt/rec/', 'D:\\Rec\\'],
    ['/mnt/rec/2026/x', 'D:\\Rec\\2026\\x'],
    ['/mnt/long/x', 'D:\\Rec\\Long\\x'],
    ['/mnt/video/x', '\\\\Studio\\Video\\x'],
    ['/mnt/e', 'E:\\'],
    ['/mnt/f/x', 'F:\\x'],
  ])('and back: %s is %s', (here, told) => {
    expect(pathAtObs(here, fromWindows, 'linux')?.replace(/\\$/, '')).toBe(told.replace(/\\$/, ''));
  });

  test.each(['/mnt', '/mnt/record', '/mnt/rec/../x', '/MNT/rec', '/mnt/rec/a:b', '/mnt/rec/a\\..\\..\\b', 'D:\\Rec'])(
    'nothing of OBS’s is %j',
    (here) => expect(pathAtObs(here, fromWindows, 'linux')).toBeNull(),
  );
});

const onWindows = [
  { obs: '/home/x/rec', here: 'Z:\\rec' },
  { obs: '/Volumes/Disk', here: '\\\\mac\\disk' },
  { obs: 'D:\\Rec', here: 'Y:' },
];

describe('a path of any OBS, on Windows', () => {
  test.each([
    ['/home/x/rec/a.mkv', 'Z:\\rec\\a.mkv'],
    ['/home/x/rec/', 'Z:\\rec'],
    ['/home//x/./rec/b/a.mkv', 'Z:\\rec\\b\\a.mkv'],
    ['/Volumes/Disk/a.mkv', '\\\\mac\\disk\\a.mkv'],
    ['d:/rec/a.mkv', 'Y:\\a.mkv'],
    ['D:/Rec', 'Y:\\'],
  ])('%s is %s', (told, here) =>
    expect(pathHere(told, onWindows, 'win32')?.replace(/(.)\\$/, '$1')).toBe(here.replace(/(.)\\$/, '$1')),
  );

  test.each([
    '/home/x/recordings/a.mkv',
    '/HOME/x/rec/a.mkv',
    '/home/x/rec/../../y',
    // Names on Linux, and ways out or devices on Windows.
    '/home/x/rec/..\\..\\Windows\\a.mkv',
    '/home/x/rec/a.mkv:stream',
    '/home/x/rec/C:/a.mkv',
    '/home/x/rec/a?.mkv',
  ])('%s is nothing here', (told) => expect(pathHere(told, onWindows, 'win32')).toBeNull());

  test.each([
    ['z:\\REC\\a', '/home/x/rec/a'],
    ['Z:/rec/a', '/home/x/rec/a'],
    ['\\\\MAC\\disk\\a', '/Volumes/Disk/a'],
    ['Y:\\a', 'D:\\Rec\\a'],
  ])('and back: %s is %s', (here, told) => expect(pathAtObs(here, onWindows, 'win32')).toBe(told));
});

describe('what obs-websocket says', () => {
  test.each([
    [
      'RecordStateChanged',
      { outputPath: 'D:/Rec/a.mkv', outputState: 'x' },
      { outputPath: '/mnt/rec/a.mkv', outputState: 'x' },
    ],
    ['RecordStateChanged', { outputPath: null }, { outputPath: null }],
    ['RecordFileChanged', { newOutputPath: 'D:/Rec/a.mkv' }, { newOutputPath: '/mnt/rec/a.mkv' }],
    ['ReplayBufferSaved', { savedReplayPath: 'D:/Rec/a.mkv' }, { savedReplayPath: '/mnt/rec/a.mkv' }],
    ['GetRecordDirectory', { recordDirectory: 'D:/Rec' }, { recordDirectory: '/mnt/rec' }],
    [
      'GetOutputSettings',
      { outputSettings: { path: 'D:/Rec/a.mkv', directory: 'D:/Rec', url: 'rtmp://x/D:/Rec', format: 'D:/Rec' } },
      { outputSettings: { path: '/mnt/rec/a.mkv', directory: '/mnt/rec', url: 'rtmp://x/D:/Rec', format: 'D:/Rec' } },
    ],
    ['GetOutputSettings', { outputSettings: null }, { outputSettings: null }],
    ['SceneNameChanged', { sceneName: 'D:/Rec' }, { sceneName: 'D:/Rec' }],
    ['RecordFileChanged', undefined, undefined],
  ])('%s %j has this machine’s paths', (name, data, here) => {
    expect(withPathsHere(name, data, fromWindows)).toEqual(here);
    expect(withPathsHere(name, data, [])).toBe(data);
  });

  test.each([
    ['SetRecordDirectory', { recordDirectory: '/mnt/rec/x' }, { recordDirectory: 'D:\\Rec\\x' }],
    ['SetRecordDirectory', { recordDirectory: '/srv' }, { recordDirectory: '/srv' }],
    [
      'SetProfileParameter',
      { parameterName: 'RecFilePath', parameterValue: '/mnt/rec' },
      { parameterName: 'RecFilePath', parameterValue: 'D:\\Rec' },
    ],
    [
      'SetProfileParameter',
      { parameterName: 'FilenameFormatting', parameterValue: '/mnt/rec' },
      { parameterName: 'FilenameFormatting', parameterValue: '/mnt/rec' },
    ],
  ])('%s %j is asked with OBS’s paths', (request, data, asked) => {
    // Without the slash at its end that joining may leave.
    expect(withPathsAtObs(request, data, fromWindows)).toEqual(asked);
  });
});
