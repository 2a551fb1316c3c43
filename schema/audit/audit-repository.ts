/** The repository in the member's Gitea that holds the head of their audit, and its file there. */
export const auditRepository = { owner: "growqr", name: "audit", file: "head.jws" } as const;
