interface Props<T extends string> {
  readonly testId: string;
  readonly label: string;
  /** Each with its text, in their order. */
  readonly choices: readonly (readonly [choice: T, text: string])[];
  readonly value: T;
  readonly onChoose: (choice: T) => void;
  readonly id?: string;
  /** Why nothing can be chosen now. */
  readonly reason?: string | undefined;
}

/** A choice of a few. Its label is for assistive technology, unless the id ties it to one that is seen. */
export function Select<T extends string>(props: Props<T>) {
  const { testId, label, choices, value, onChoose, id, reason } = props;
  return (
    <select
      id={id}
      data-testid={testId}
      aria-label={id === undefined ? label : undefined}
      title={reason}
      disabled={reason !== undefined}
      value={value}
      onChange={(event) => onChoose(event.currentTarget.value as T)}
    >
      {choices.map(([choice, text]) => (
        <option key={choice} value={choice}>
          {text}
        </option>
      ))}
    </select>
  );
}

/** The choices of a dictionary's group of words. */
export const choicesOf = <T extends string>(texts: Readonly<Record<T, string>>): [T, string][] =>
  Object.entries(texts) as [T, string][];

/** Choices that need no words. */
export const asChoices = <T extends string>(choices: readonly T[]): [T, T][] =>
  choices.map((choice) => [choice, choice]);
