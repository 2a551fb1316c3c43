/** The pages that are reached by Settings: whatever is set up once and seldom looked at. */
export const settingPages = [
  "/profile",
  "/plan-usage",
  "/reminder",
  "/kinds",
  "/model-key",
  "/secret",
  "/session",
  "/git-token",
  "/access-token",
  "/audit-log",
] as const;
