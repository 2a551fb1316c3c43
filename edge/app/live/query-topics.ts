import type { Query, QueryClient } from "@tanstack/react-query";
import type { Topic } from "../../../schema/actions.ts";
import type { StoredEvent } from "../../../schema/event.ts";
import { memoryRepository } from "../../../schema/stack/stack.ts";

/** The topics that an event changes. */
export function listTopics(event: StoredEvent): readonly Topic[] {
  switch (event.kind) {
    case "approval.asked":
    case "approval.decided":
      return ["approval", "policy"];
    case "policy.changed":
      return ["policy"];
    case "agent_type.state":
      return ["agentType"];
    case "plan.state":
      return ["plan"];
    case "quest.state":
      return ["quest", "goal", "plan"];
    case "proposal.made":
    case "proposal.decided":
      return ["proposal", "goal"];
    case "goal.state":
      return ["goal"];
    case "turn.state":
    case "session.state":
      return ["session"];
    case "terminal.state":
      return ["terminal"];
    case "preview.state":
      return ["preview", "plan"];
    case "stack.state":
      return ["project"];
    case "project.created":
    case "project.step":
    case "project.state":
    case "project.command":
    case "commit.status":
    case "project.removed":
    case "app.state":
    case "release.state":
    case "release.handoff":
      return ["project", "plan"];
    case "incident.state":
      return ["incident"];
    case "commit":
      return event.body.repo === memoryRepository ? ["memory", "changes", "repo"] : ["changes", "repo", "project"];
    case "task.state":
    case "task.held":
    case "task.handoff":
      return ["task", "plan", "quest"];
    case "agent.progress":
      return event.body.taskId ? ["task", "plan", "quest"] : [];
    case "receipt":
      return ["task", "quest", "plan", "project"];
    default:
      return [];
  }
}

/**
 * Asks again, in place, for what is about these topics: what the page shows at once, the rest when it is
 * shown. An answer that was on its way when the event came may be from before it, so that query is asked once
 * more after its answer.
 */
export function refreshQueries(queries: QueryClient): (topics: ReadonlySet<Topic>) => void {
  const waiting = new Set<Query>();
  const refresh = async (query: Query) => {
    if (waiting.has(query)) return;
    waiting.add(query);
    while (query.state.fetchStatus === "fetching") await Promise.allSettled([query.promise]);
    waiting.delete(query);
    await queries.invalidateQueries({ queryKey: query.queryKey, exact: true });
  };
  return (topics) => {
    const about = queries.getQueryCache().findAll({ predicate: ({ queryKey }) => topics.has(queryKey[0] as Topic) });
    for (const query of about) void refresh(query);
  };
}
