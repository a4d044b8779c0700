# Both images carry the same major version of Node.js. A release gives both by digest (docs/releasing.md):
#   docker build --build-arg BUILD_IMAGE=node@sha256:… --build-arg RUNTIME_IMAGE=gcr.io/distroless/…@sha256:… .
ARG BUILD_IMAGE=node:26-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs26-debian13:nonroot

# The JavaScript is the same for every platform: build on the builder's own.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
WORKDIR /app
# Dependencies first: they change less often than the sources, and stay cached.
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No dependency that ships needs an install script. What only compilers, debuggers and readers use stays behind.
RUN npm ci --omit=dev --ignore-scripts \
 && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.md' \) ! -iname 'licen[cs]e*' -delete

FROM ${RUNTIME_IMAGE}
WORKDIR /app
# Node.js is in /nodejs/bin of distroless images and in /usr/local/bin of the official ones: either can be the runtime.
ENV NODE_ENV=production PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
# By number, so that runAsNonRoot can see that it is not root. It owns no file of the image.
USER 65532:65532
# Not through a shell: the distroless image has none, and signals come straight to the server.
ENTRYPOINT ["node", "/app/dist/main.js"]
