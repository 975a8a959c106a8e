interface Props<T extends string> {
  readonly testId: string;
  readonly label: string;
  /** Each choice with its text, in the order shown. */
  readonly choices: readonly (readonly [choice: T, text: string])[];
  readonly value: T;
  readonly onChoose: (choice: T) => void;
  /** Ties it to a visible <label for>, which then replaces `label`. */
  readonly id?: string;
  /** Why nothing can be chosen now. */
  readonly reason?: string | undefined;
}

/** A choice among a few. Without an `id`, its label is for assistive technology alone. */
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

/** Choices with their texts from the dictionary. */
export const choicesOf = <T extends string>(texts: Readonly<Record<T, string>>): [T, string][] =>
  Object.entries(texts) as [T, string][];

/** Choices whose text is the choice itself. */
export const asChoices = <T extends string>(choices: readonly T[]): [T, T][] =>
  choices.map((choice) => [choice, choice]);
