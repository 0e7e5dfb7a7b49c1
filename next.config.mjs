/** @type {import('next').NextConfig} */
export default {
  // another directory lets a test build beside one that serves
  distDir: process.env.NEXT_DIST_DIR ?? ".next",
  agentRules: false,
  poweredByHeader: false,
  // `npm run check` and `npm test` check every type; a build at a user's place need not do it again.
  typescript: { ignoreBuildErrors: true },
  typedRoutes: false,
  devIndicators: false,
};
