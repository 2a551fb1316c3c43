import { useQuery } from "@tanstack/react-query";
import { repoList } from "../../../schema/agent/grow-agent.ts";
import { useNow, useSpace } from "../live/workspace.ts";

/** The person's repositories and their branches, as Git has them now. */
export function useRepos() {
  const { live } = useSpace();
  const { link, view } = useNow();
  return useQuery({
    queryKey: ["repos", view.commits.length],
    queryFn: () => live.link.call("repos", {}, repoList),
    enabled: link.status === "live",
    placeholderData: (before) => before,
  });
}
