import localFont from "next/font/local";

/** Digits are tabular by default and I, l, 1 differ. The latin subset only, one file: a missing sign would change widths. */
export const plexSans = localFont({
  src: "../node_modules/@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wdth-normal.woff2",
  variable: "--font-plex-sans",
  weight: "100 700",
  declarations: [{ prop: "font-stretch", value: "85% 100%" }],
  display: "swap",
  preload: true,
});
