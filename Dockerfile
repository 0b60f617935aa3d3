# One image, two commands: `serve` (web and worker) and `worker`.
FROM node:20-bookworm-slim AS libraries
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tools/vendor.mjs tools/vendor.mjs
COPY src src
RUN node tools/vendor.mjs

FROM python:3.11-slim-bookworm AS wheel
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY tools tools
COPY --from=libraries /build/src src
RUN pip install --no-cache-dir build \
    && python -m build --wheel --outdir /wheels . \
    && python tools/check_wheel.py /wheels/*.whl

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 10001 guanxi && mkdir /data && chown guanxi /data
COPY --from=wheel /wheels /wheels
RUN pip install --no-cache-dir /wheels/*.whl && rm -r /wheels
USER guanxi
ENV GUANXI_DATA=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["guanxi"]
CMD ["serve", "--host", "0.0.0.0"]
