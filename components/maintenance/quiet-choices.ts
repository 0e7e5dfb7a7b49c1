/** Windows a person may want: the default of each kind of persistence, and longer ones for slow readers. */
export const quietChoices = [
  { value: "10s", word: "10 s" },
  { value: "30s", word: "30 s" },
  { value: "1m", word: "1 min" },
  { value: "2m", word: "2 min" },
  { value: "5m", word: "5 min" },
];
