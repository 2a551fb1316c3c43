# Two images of one source: `cell` for engine, database, runner and agent-host, `edge` for the Worker on a machine of one's own.
# docker-compose.yml builds them. NODE_IMAGE has Node 24, npm and Debian's apt-get.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6

FROM ${NODE_IMAGE} AS base
WORKDIR /growqr
# In front of what changes often: the packages are installed anew only where the lock has changed. Their scripts stay off.
COPY package.json package-lock.json .npmrc ./
COPY edge/client/package.json edge/client/

FROM base AS cell
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends ca-certificates conntrack debootstrap docker.io e2fsprogs gcc git iproute2 \
      libc6-dev nftables procps python3-pip >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*
RUN npm install --omit=dev --ignore-scripts --loglevel=error && npm cache clean --force --loglevel=error
COPY edge/deploy/compose edge/deploy/compose
COPY schema schema
COPY actors actors
COPY agent-host agent-host

FROM base AS edge
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*
RUN npm install --include=dev --ignore-scripts --loglevel=error && npm cache clean --force --loglevel=error
COPY boot.mjs wrangler.toml tsconfig.json tsconfig.base.json ./
COPY schema schema
COPY edge edge
RUN node edge/deploy/main.ts build worker
