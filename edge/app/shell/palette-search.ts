import { useNavigate } from "@tanstack/react-router";
import type { SearchHit } from "../../../schema/search/search.ts";
import { memoryRepository } from "../../../schema/stack/stack.ts";
import { useRepos } from "../git/repos.ts";
import { useActionQuery } from "../live/use-action.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { useDebounced } from "../ui/use-debounced.ts";
import type { PaletteCommand } from "./palette.tsx";

const hitKinds: Record<SearchHit["source"], string> = { memory: "Memory", files: "File", messages: "Message", decisions: "Decision" };
const mostHits = 12;

/** The server's hits for these words in messages, files, memory and decisions. `text`: the search's state. */
export function useSearchHits(words: string): { found: PaletteCommand[]; text: string } {
  const navigate = useNavigate();
  const query = useDebounced(words.trim(), 150);
  const on = query.length > 1;
  const asked = useActionQuery("search", { query: query.slice(0, 400), limit: mostHits }, { on });
  const hits = on && query === words.trim() ? (asked.data?.hits ?? []) : [];
  const go = (hit: SearchHit) => () => {
    const { path, repo, line, seq, agent } = hit;
    if (path && repo === memoryRepository) return void navigate({ to: "/memories", search: { path, line: line ?? 1 } });
    if (path && repo) return void navigate({ to: "/files", search: { repo, path } });
    const search = seq === null ? {} : { at: seq };
    void navigate(agent ? { to: "/c/$agent", params: { agent }, search } : { to: "/", search });
  };
  const found = hits.map((hit) => ({
    id: `hit ${hit.repo} ${hit.path} ${hit.line} ${hit.seq}`,
    title: hit.path ? hit.title : `${hit.title}: ${hit.excerpt}`,
    detail: hit.path ? `${hit.path}: ${hit.excerpt}` : `${formatDay(hit.at)}, ${formatTime(hit.at)}`,
    kind: hitKinds[hit.source],
    run: go(hit),
  }));
  const text = !on ? "" : asked.isError ? "Messages and files could not be searched just now." : asked.isPending ? "Searching" : "";
  return { found, text };
}

/** Commands that go to projects. */
export function useProjects(): PaletteCommand[] {
  const navigate = useNavigate();
  const repos = useRepos().data?.repos ?? [];
  return repos
    .filter(({ repo }) => repo !== memoryRepository)
    .map(({ repo, title }) => ({
      id: `project ${repo}`,
      title,
      kind: "Project",
      run: () => void navigate({ to: "/files", search: { repo } }),
    }));
}
