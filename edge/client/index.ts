export type { components, operations, paths } from "./api-types.ts";
export { type ClientSettings, createGrowqrClient, type GrowqrClient } from "./client.ts";
export { type FollowOptions, followLog, type LogEvent } from "./follow-log.ts";
export { GrowqrError, type RefusalCode } from "./growqr-error.ts";
export { type ListItem, listAll, type PagedPath } from "./list-all.ts";
export type { RetryBounds } from "./repeat-call.ts";
