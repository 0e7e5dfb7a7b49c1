import { STEPS } from "./words.ts";

/** Drain, Quiet, Maint, Ramp, Healthy: what is behind it, what it does now. */
export function Steps({ current, tone }: { current: number; tone: string }) {
  return (
    <ol className={`steps is-${tone}`} aria-label="Steps">
      {STEPS.map((step, at) => (
        <li
          key={step}
          className={at < current ? "is-done" : at === current ? "is-now" : ""}
          aria-current={at === current ? "step" : undefined}
        >
          {step}
        </li>
      ))}
    </ol>
  );
}
