/** The package brings no types; the benchmark needs one call. */
declare module "papaparse" {
  const papaparse: { parse(text: string): { data: string[][] } };
  export default papaparse;
}
