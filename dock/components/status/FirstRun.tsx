import { t } from '../../i18n/language.ts';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { Shape } from '../base/Shape.tsx';
import { firstRunChecks } from './first-run-checks.ts';

/** Shown while there is no session yet: what a recording needs, and how to get it. */
export function FirstRun() {
  const words = t.value.firstRun;
  const checks = firstRunChecks.value;
  const ready = checks.every(({ shape }) => shape === 'ok');
  return (
    <div class="card stack" data-testid="first-run" data-ready={ready}>
      <h3 class="subheading">{words.heading}</h3>
      <ul class="checks">
        {checks.map(({ id, shape, label, problem, hint }) => (
          <li key={id} data-check={id} data-shape={shape}>
            <p class="state">
              <Shape kind={shape} />
              <span>{label}</span>
            </p>
            {problem === null ? null : <ErrorNote info={problem} />}
            {hint === null ? null : <p class="muted">{hint}</p>}
          </li>
        ))}
      </ul>
      {ready ? <p>{words.ready}</p> : null}
    </div>
  );
}
