// Where what was read lies in the react-query cache.
export const peopleKey = ["people"] as const;
export const tokensKey = ["tokens"] as const;
export const wallLinksKey = ["wall-links"] as const;
export const loadBalancersKey = ["load-balancers"] as const;
export const backendsKey = ["backend-settings"] as const;
export const probeSettingKey = ["probe-setting"] as const;
export const persistenceKey = ["persistence"] as const;
export const accountKey = ["account"] as const;
export const loginsKey = ["logins"] as const;
