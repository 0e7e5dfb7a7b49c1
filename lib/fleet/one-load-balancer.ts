// The fleet as one load balancer alone shows it.
import { type FleetView, mergeJudged } from "./merge.ts";

/**
 * A function from the whole fleet to that of `lb` (null, or one that is not there: the whole itself). Every part keeps its
 * identity while unchanged, as in the whole. How far the load balancer is to be believed is taken over and not judged
 * again: a board keeps a whole fleet for hours while only numbers change, and paints those.
 */
export function ofOneLoadBalancer(lb: string | null): (whole: FleetView) => FleetView {
  const known = new WeakMap<FleetView, FleetView>();
  let last: FleetView | null = null;
  return (whole) => {
    const status = lb === null ? undefined : whole.loadBalancers.find((one) => one.name === lb);
    if (status === undefined) return whole;
    const before = known.get(whole);
    if (before !== undefined) return before;
    const minimums = Object.fromEntries(whole.backends.map((backend) => [backend.backend, backend.minimum]));
    last = mergeJudged(last, [status], minimums);
    known.set(whole, last);
    return last;
  };
}
