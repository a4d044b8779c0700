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
# Of those for development only what compiles.
RUN node -e "const fs = require('fs'), p = JSON.parse(fs.readFileSync('package.json')), d = p.devDependencies; p.devDependencies = { typescript: d.typescript, '@types/node': d['@types/node'] }; fs.writeFileSync('package.json', JSON.stringify(p))" \
 && npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
# Manifests of the Go server name its program: /metrics-server or metrics-server. The kernel starts it by its first line, without a
# shell.
ARG NODE=/nodejs/bin/node
RUN printf '#!%s --disable-sigusr1\nimport("/app/dist/main.js")\n' "$NODE" > /metrics-server \
 && chmod 0755 /metrics-server

FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No dependency that ships needs an install script. What only compilers, debuggers and readers use stays behind, and so do binaries
# for other runtimes than Node.js.
RUN npm ci --omit=dev --ignore-scripts \
 && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.md' \) ! -iname 'licen[cs]e*' -delete \
 && find node_modules -type d -name prebuilds -prune -exec rm -r {} +

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
ENV NODE_ENV=production PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /metrics-server /metrics-server
COPY --from=build /metrics-server /usr/local/bin/metrics-server
COPY package.json LICENSE ./
# By number, so that runAsNonRoot can see that it is not root. It owns no file of the image.
USER 65532:65532
# What the manifests give as --secure-port; without it the server listens on 443.
EXPOSE 10250
# Not through a shell: the distroless image has none, and signals come straight to the server. SIGUSR1 would open a debugger.
ENTRYPOINT ["node", "--disable-sigusr1", "/app/dist/main.js"]
