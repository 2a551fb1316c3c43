/** The views of a project's page. */
export const projectTabs = ["overview", "releases", "logs", "metrics", "monitoring", "checks", "settings"] as const;
export type ProjectTab = (typeof projectTabs)[number];
export const projectTabTitles: Record<ProjectTab, string> = {
  overview: "Overview",
  releases: "Releases",
  logs: "Logs",
  metrics: "Metrics",
  monitoring: "Monitoring",
  checks: "Checks",
  settings: "Settings",
};
