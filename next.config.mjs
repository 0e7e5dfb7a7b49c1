/** @type {import('next').NextConfig} */
export default {
  // another directory lets a test build beside one that serves
  distDir: process.env.NEXT_DIST_DIR ?? ".next",
  agentRules: false,
  poweredByHeader: false,
  typedRoutes: false,
  devIndicators: false,
};
