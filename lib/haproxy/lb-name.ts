/** Names of load balancers stand in addresses of pages and in `lb1:APP1/SRV1`, so no colon and no slash. */
const LB_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

export function isLoadBalancerName(text: string): boolean {
  return LB_NAME.test(text);
}
