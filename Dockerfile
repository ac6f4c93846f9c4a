# One image for migrate, web, worker and beat. See docs/deploy.md.

FROM python:3.11-slim AS build
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt pyproject.toml ./
# requirements.txt also pins what development needs. The image takes what pyproject.toml lists
# for production, in exactly the pinned versions.
RUN python -m venv /tools \
    && /tools/bin/pip install --no-deps --require-hashes -r requirements.txt
RUN /tools/bin/uv pip compile pyproject.toml --constraint requirements.txt --generate-hashes \
        --no-emit-index-url --no-header --quiet --output-file /tmp/production.txt \
    && python -m venv /venv \
    && /venv/bin/pip install --no-deps --require-hashes -r /tmp/production.txt
COPY package.json package-lock.json ./
RUN PATH="/tools/bin:$PATH" npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim
ENV PATH="/venv/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home regimen
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app/node_modules node_modules
COPY . .
RUN python manage.py collectstatic --no-input --verbosity 0
USER regimen
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--access-logfile", "/dev/null"]
