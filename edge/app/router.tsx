import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { z } from "zod";
import { fileIn } from "../../schema/agent.ts";
import { NotFound, Unreachable } from "./door.tsx";
import { Home } from "./home.tsx";

const rootRoute = createRootRoute({ component: Home, notFoundComponent: NotFound });
const channel = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./channel.tsx"), "Channel"),
});

const filesSearch = z.object({
  repo: fileIn.shape.repo.optional().catch(undefined),
  ref: fileIn.shape.ref.optional().catch(undefined),
  path: fileIn.shape.path.optional().catch(undefined),
});
export type FilesSearch = z.infer<typeof filesSearch>;
export const filesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/files",
  validateSearch: filesSearch,
  component: lazyRouteComponent(() => import("./files.tsx"), "Files"),
});
export const commitRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/commit/$hash",
  component: lazyRouteComponent(() => import("./commit.tsx"), "CommitPage"),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([channel, filesRoute, commitRoute]),
  defaultErrorComponent: ({ error, reset }) => <Unreachable what="This page failed" error={error} retry={reset} />,
});
declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
