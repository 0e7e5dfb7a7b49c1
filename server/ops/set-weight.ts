// The share of new users that a server gets. `ready` does not bring an old weight back: the outcome names the line that does.
import { weightOf, weightRange } from "#lib/fleet/weight.ts";
import type { Finding } from "#lib/wire/problem.ts";
import type { WeightInput } from "#lib/wire/server-control.ts";
import { type ControlSight, controlVerb } from "./control.ts";

export const setWeight = controlVerb<WeightInput>({
  action: "server:set-weight",
  permission: "server:set-weight",
  command: ({ weight }, { backend, server }) => ({ kind: "set-weight", backend, server, weight }),
  words: ({ uweight, iweight }) => (uweight === iweight ? String(uweight) : `${uweight} (configured ${iweight})`),
  isShown: (state, { weight }) => state.uweight === weightOf(weight, state.iweight),
  undo: (_input, { backend, server, state }) => ({ kind: "set-weight", backend, server, weight: weightBefore(state) }),
  findings,
  leaves: ({ weight }, { state }) => (weightOf(weight, state.iweight) === 0 && state.uweight > 0 ? "drain" : null),
});

/** In the form that every balance algorithm takes, where there is one. */
function weightBefore({ uweight, iweight }: ControlSight["state"]): string {
  if (uweight === iweight) return "100%";
  return uweight === 0 ? "0%" : String(uweight);
}

function findings({ weight, server }: WeightInput, { lb, algo, state }: ControlSight): Finding[] {
  const wanted = weightOf(weight, state.iweight);
  const found: Finding[] = [];
  if (weightRange(algo) === "all-or-nothing" && wanted !== 0 && wanted !== state.iweight)
    found.push({
      ...{ code: "static-balance", severity: "block", lb },
      message: `${lb} balances with ${algo}, which takes only the weights 0% and 100%.`,
    });
  if (weightRange(algo) === "by-hash-type" && wanted !== 0 && wanted !== state.iweight)
    found.push({
      ...{ code: "static-balance", severity: "note", lb },
      message: `${lb} balances by ${algo}: unless its hash-type is consistent, it takes only the weights 0% and 100%.`,
    });
  if (wanted === 0 && !/^0+%?$/.test(weight))
    found.push({
      ...{ code: "weight-rounds-to-zero", severity: "confirm", lb },
      message: `${weight} of the configured weight ${state.iweight} rounds down to 0 on ${lb}: ${server} would get no new users.`,
    });
  if (wanted === 0 && state.uweight > 0)
    found.push({
      ...{ code: "weight-zero", severity: "note", lb },
      message: `With weight 0 ${server} still counts as UP on ${lb}, and its cookie users stay. Drain says the same and shows it.`,
    });
  return found;
}
