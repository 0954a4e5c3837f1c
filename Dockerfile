# One image for every command: `docker run --rm stele --help`.

FROM node:22-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json ./
# sqlite3 is the one dependency that has an install script to run: it fetches, or else builds, the driver's binary.
RUN npm ci --ignore-scripts && npm rebuild sqlite3
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json /app/nats-server.conf ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# A new volume takes this directory's owner, so that the member may write to it without being root.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
# SIGTERM makes a member finish what is under way and leave.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["--help"]
