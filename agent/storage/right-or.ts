/** SQL that keeps what is right in a column and puts the plainest value in the place of what is not. */

/** The last moment that a Date can tell (ECMA-262, Time Values), ms since 1970. */
export const latestDate = 8_640_000_000_000_000;

export const isOneOf = (column: string, values: readonly (string | number)[]): string =>
  `${column} IN (${values.map((value) => (typeof value === 'number' ? value : `'${value}'`)).join(', ')})`;
export const isBetween = (column: string, least: number, most: number): string =>
  `${column} BETWEEN ${least} AND ${most}`;
export const isDate = (column: string): string => isBetween(column, 0, latestDate);
/** `column` where it is right; an empty one stays empty. */
export const rightOr = (column: string, isRight: string, otherwise: string): string =>
  `${column} = iif(${column} IS NULL OR ${isRight}, ${column}, ${otherwise})`;
export const dateOr = (column: string, otherwise: string): string => rightOr(column, isDate(column), otherwise);
export const countOr = (column: string, otherwise: string): string =>
  rightOr(column, isBetween(column, 0, Number.MAX_SAFE_INTEGER), otherwise);
