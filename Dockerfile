# syntax=docker/dockerfile:1
# One image for the server and the simulators; the command says which.

FROM node:22-slim AS front
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.12-slim AS python
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/wardline
COPY requirements.lock /tmp/
RUN /opt/wardline/bin/pip install --no-deps --require-hashes -r /tmp/requirements.lock

FROM python:3.12-slim
ENV PATH=/opt/wardline/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    WARDLINE_HOST=0.0.0.0 WARDLINE_DATA_DIR=/data WARDLINE_FRONT_DIR=/app/frontend/dist
RUN useradd --system --uid 10001 --home-dir /data --create-home wardline
COPY --from=python /opt/wardline /opt/wardline
WORKDIR /app
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY gis gis
COPY dispatch dispatch
COPY services services
COPY simulators simulators
COPY bench bench
COPY cities cities
# The server may not write here, and without bytecode every start would compile the whole product: half of its time.
RUN pip install --no-deps --no-build-isolation --no-index --editable . \
 && python -m compileall -q gis dispatch services simulators bench
COPY --from=front /build/frontend/dist frontend/dist
USER wardline
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["wardline", "serve"]
