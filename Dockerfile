# The image: ringside, ringctl and ringside-injector with the libraries that they need, on an empty root.
# What each stage does is in deploy/image; deploy/image/build gives the arguments. One architecture at a
# time, the one that the stages run on: `--platform linux/arm64` on such a machine, or under QEMU.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS packages
WORKDIR /src
COPY deploy/packages.sh deploy/
COPY deploy/image/packages deploy/image/
RUN deploy/image/packages

FROM packages AS programs
ARG TARGETARCH
COPY CMakeLists.txt CMakePresets.json ./
COPY deploy/image/compile deploy/image/
COPY lib lib
COPY cmd cmd
RUN deploy/image/compile /programs

FROM packages AS root
COPY LICENSE ./
COPY deploy/image deploy/image
COPY --from=programs /programs /programs
RUN deploy/image/assemble.py /programs /image

FROM scratch
COPY --from=root /image /
ENV PATH=/usr/bin
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/ringside"]
ARG VERSION
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="ringside" \
      org.opencontainers.image.description="Cache proxy for memcached and Redis" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
