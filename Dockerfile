# The service and the operator's commands. The sandbox gateway is in it too and is never started in production.
#   docker build --tag counterfoil .
#   docker run counterfoil                           the service, on port 3000
#   docker run counterfoil node dist/cli.js --help   the operator's commands

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
# No script of a dependency runs. Optional packages are the embedded Postgres, which goes again below, and native parts of what builds the pages.
RUN npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src src
COPY web web
RUN npm run build && rm -f dist/.tsbuildinfo
RUN npm prune --ignore-scripts --omit=dev --omit=optional

FROM node:22-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/var/lib/counterfoil
# The one folder to write to, for those who mount something there; the rest of the image may be read-only.
RUN install --directory --owner=node --group=node --mode=0700 /var/lib/counterfoil
WORKDIR /app
# Owned by root: the program cannot change itself.
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY package.json ./
USER node
EXPOSE 3000
# Liveness alone: a database that is away must not get this process killed. Whether it is ready, /readyz says.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/livez').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# In exec form node is process 1 itself and receives SIGTERM; a shell in between would keep it.
STOPSIGNAL SIGTERM
CMD ["node", "dist/main.js"]
