# Both images carry the same major version of Node.js. A release gives both by digest (docs/releasing.md):
#   docker build --build-arg BUILD_IMAGE=node@sha256:… --build-arg RUNTIME_IMAGE=gcr.io/distroless/…@sha256:… .
# Another runtime than distroless also needs NODE, the path of its Node.js: /usr/local/bin/node in the official images.
ARG BUILD_IMAGE=node:26-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs26-debian13:nonroot

# The JavaScript is the same for every platform: build on the builder's own.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
WORKDIR /app
# Dependencies first: they change less often than the sources, and stay cached.
COPY package.json package-lock.json ./
# Of those for development only what bundles.
RUN node -e "const fs = require('fs'), p = JSON.parse(fs.readFileSync('package.json')); p.devDependencies = { rolldown: p.devDependencies.rolldown }; fs.writeFileSync('package.json', JSON.stringify(p))" \
 && npm ci --ignore-scripts
COPY scripts/require-node.cjs scripts/build.ts ./scripts/
COPY scripts/bundle ./scripts/bundle
COPY src ./src
# Source maps stay behind, and so does the code cache of this Node.js and platform.
RUN npm run build && rm -r dist/*.map dist/code-cache
# Manifests of the Go server name its program: /metrics-server or metrics-server. The kernel starts it by its first line, without a
# shell.
ARG NODE=/nodejs/bin/node
RUN printf '#!%s --disable-sigusr1\nimport("/app/dist/main.js")\n' "$NODE" > /metrics-server \
 && chmod 0755 /metrics-server

# V8's code cache is for the Node.js and the architecture that run it. It is the only step on the image's own platform.
FROM ${RUNTIME_IMAGE} AS code-cache
ENV PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin
USER 0:0
COPY package.json /app/
COPY --from=build /app/dist /app/dist
RUN ["node", "/app/dist/write-code-cache.js"]

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG SOURCE=https://github.com/OWNER/metrics-server-ts
LABEL org.opencontainers.image.title="metrics-server-ts" \
      org.opencontainers.image.description="Serves CPU and memory usage of nodes and pods as the API metrics.k8s.io of Kubernetes" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
# Node.js is in /nodejs/bin of distroless images and in /usr/local/bin of the official ones: either can be the runtime.
# All threads share one heap for what C and C++ allocate: one for each would keep the memory that compiling once took.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1 PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin
COPY --from=code-cache /app/dist ./dist
COPY --from=build /metrics-server /metrics-server
COPY --from=build /metrics-server /usr/local/bin/metrics-server
COPY package.json LICENSE ./
# By number, so that runAsNonRoot can see that it is not root. It owns no file of the image.
USER 65532:65532
# What the manifests give as --secure-port; without it the server listens on 443.
EXPOSE 10250
# Not through a shell: the distroless image has none, and signals come straight to the server. SIGUSR1 would open a debugger.
ENTRYPOINT ["node", "--disable-sigusr1", "/app/dist/main.js"]
