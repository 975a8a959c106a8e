import { describe, expect, test } from 'vitest';
import { defaultSettings } from '../../../shared/settings.ts';
import { type Field, fromField, groups, toField } from './settings-fields.ts';

const fields = groups.flatMap((group) => group.fields);
const field = (kind: Field['kind'], nullable = false): Field => ({ name: 'priority', kind, nullable });

describe('a field', () => {
  test.each(fields.filter(({ kind }) => kind !== 'secret'))('$name shows its default and means it', (one) => {
    const value = defaultSettings[one.name];
    expect(fromField(one, toField(one, value))).toBe(value);
  });
  test('shows mappings as it reads them', () => {
    const mappings = [
      { obs: 'D:\\Rec', here: '/mnt/rec' },
      { obs: '//nas/video', here: 'Z:\\video' },
    ];
    expect(fromField(field('mappings'), toField(field('mappings'), mappings))).toEqual(mappings);
  });
  test('is there for every setting but the language, which has its own, two of stores of one’s own, which REST has, and what the page remembers', () => {
    expect(fields.map(({ name }) => name).sort()).toEqual(
      Object.keys(defaultSettings)
        .filter((name) => !['language', 'objectStorageAddressing', 'objectStorageRegion', 'setupSeen'].includes(name))
        .sort(),
    );
  });
  test.each([
    [field('megabits'), '2,5', 2_500_000],
    [field('megabits', true), ' ', null],
    [field('gigabytes'), '0.5', 500_000_000],
    [field('number'), '', undefined],
    [field('number'), 'many', undefined],
    [field('text'), ' a ', 'a'],
    [field('secret'), ' a ', ' a '],
    [field('switch'), false, false],
    [field('mappings', true), ' ', null],
    [
      field('mappings', true),
      'D:\\Rec = /mnt/rec; \\\\nas\\video=/mnt/a=b ;',
      [
        { obs: 'D:\\Rec', here: '/mnt/rec' },
        { obs: '\\\\nas\\video', here: '/mnt/a=b' },
      ],
    ],
    [field('mappings', true), 'D:\\Rec', [{ obs: 'D:\\Rec', here: '' }]],
  ])('%j with %j means %j', (one, shown, meant) => {
    expect(fromField(one, shown)).toEqual(meant);
  });
});
