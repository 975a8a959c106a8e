/** Short texts side by side. What is null, undefined, false or empty is left out. */
export function Facts({ facts }: { readonly facts: readonly (string | null | undefined | false)[] }) {
  const shown = facts.filter((fact): fact is string => Boolean(fact));
  return shown.length === 0 ? null : (
    <p class="muted facts">
      {shown.map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
    </p>
  );
}
