import { describe, expect, test } from 'vitest';
import { afterCommit, type Database, openDatabase, transaction } from './database.ts';

function world() {
  const database = openDatabase(':memory:');
  database.exec(`
    CREATE TABLE owners (id INTEGER PRIMARY KEY);
    CREATE TABLE things (
      name TEXT NOT NULL UNIQUE,
      owner INTEGER REFERENCES owners (id) DEFERRABLE INITIALLY DEFERRED
    )`);
  const heard: string[] = [];
  const write = (name: string): void => void database.prepare('INSERT INTO things (name) VALUES (?)').run(name);
  /** Says what is heard, and how many things there are then. */
  const tell = (text: string): void =>
    afterCommit(database, () =>
      heard.push(`${text}: ${names(database).join(' ')}${database.isTransaction ? ' (open)' : ''}`),
    );
  return { database, heard, write, tell };
}
const names = (database: Database): string[] =>
  database
    .prepare('SELECT name FROM things ORDER BY rowid')
    .all()
    .map(({ name }) => String(name));
/** A thing whose owner does not exist: SQLite finds out at the COMMIT. */
const writeUncommittable = (database: Database): void =>
  database.exec(`INSERT INTO things (name, owner) VALUES ('x', 7)`);

describe('what a change brings about', () => {
  test('happens after its COMMIT, in the order in which it was asked for', () => {
    const { database, heard, write, tell } = world();
    transaction(database, () => {
      tell('first');
      write('a');
      tell('second');
      expect(heard).toEqual([]);
    });
    expect(heard).toEqual(['first: a', 'second: a']);
  });

  test('happens at once where there is no transaction', () => {
    const { heard, write, tell } = world();
    write('a');
    tell('now');
    expect(heard).toEqual(['now: a']);
  });

  test('does not happen when the work fails', () => {
    const { database, heard, write, tell } = world();
    const work = (): void => {
      write('a');
      tell('never');
      throw new Error('no');
    };
    expect(() => transaction(database, work)).toThrow('no');
    expect([heard, names(database), database.isTransaction]).toEqual([[], [], false]);
  });

  test('does not happen when COMMIT fails, and the next transaction knows nothing of it', () => {
    const { database, heard, write, tell } = world();
    const work = (): void => {
      writeUncommittable(database);
      tell('never');
    };
    expect(() => transaction(database, work)).toThrow('FOREIGN KEY');
    expect([heard, names(database), database.isTransaction]).toEqual([[], [], false]);
    transaction(database, () => {
      write('a');
      tell('later');
    });
    expect(heard).toEqual(['later: a']);
  });
});

describe('a nested transaction', () => {
  test('hands what it brings about to the outer one', () => {
    const { database, heard, write, tell } = world();
    transaction(database, () => {
      tell('outer');
      transaction(database, () => {
        write('a');
        tell('inner');
      });
      expect(heard).toEqual([]);
      write('b');
      tell('end');
    });
    expect(heard).toEqual(['outer: a b', 'inner: a b', 'end: a b']);
  });

  test('that fails is taken back alone where the outer one goes on, with what it was to bring about', () => {
    const { database, heard, write, tell } = world();
    transaction(database, () => {
      write('a');
      tell('outer');
      const inner = (): void => {
        write('b');
        tell('never');
        throw new Error('no');
      };
      expect(() => transaction(database, inner)).toThrow('no');
      write('c');
    });
    expect([heard, names(database)]).toEqual([['outer: a c'], ['a', 'c']]);
  });

  test('takes nothing along when the outer one cannot be committed', () => {
    const { database, heard, write, tell } = world();
    const work = (): void => {
      transaction(database, () => {
        write('a');
        tell('never');
      });
      writeUncommittable(database);
    };
    expect(() => transaction(database, work)).toThrow('FOREIGN KEY');
    expect([heard, names(database)]).toEqual([[], []]);
  });

  test('fails where its name is taken, and leaves the outer one whole', () => {
    const { database, heard, write, tell } = world();
    transaction(database, () => {
      write('a');
      expect(() => transaction(database, () => write('a'))).toThrow('UNIQUE');
      tell('end');
    });
    expect(heard).toEqual(['end: a']);
  });
});

describe('an action', () => {
  test('that changes something in its turn lets what was waiting before go first, in the order of the commits', () => {
    const { database, heard, write, tell } = world();
    transaction(database, () => {
      write('a');
      tell('first');
      afterCommit(database, () =>
        transaction(database, () => {
          write('b');
          tell('third');
        }),
      );
      tell('second');
    });
    expect(heard).toEqual(['first: a', 'second: a b', 'third: a b']);
  });

  test('that fails keeps no other from happening, takes nothing back, and is said', () => {
    const { database, heard, write, tell } = world();
    const work = (): void => {
      write('a');
      afterCommit(database, () => {
        throw new Error('a listener broke');
      });
      tell('all the same');
    };
    expect(() => transaction(database, work)).toThrow('a listener broke');
    expect([heard, names(database)]).toEqual([['all the same: a'], ['a']]);
  });

  test('knows its own database', () => {
    const [one, other] = [world(), world()];
    transaction(one.database, () => {
      one.write('a');
      other.write('b');
      other.tell('at once');
      one.tell('later');
      expect([other.heard, one.heard]).toEqual([['at once: b'], []]);
    });
    expect(one.heard).toEqual(['later: a']);
  });
});
