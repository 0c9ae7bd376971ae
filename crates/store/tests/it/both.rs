//! Each test of the suite, once on a file and once on a PostgreSQL server.

use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use store::Store;
use tempfile::TempDir;

/// Names the server: `scripts/postgres.sh` starts one and prints what belongs here.
pub(crate) const SERVER: &str = "UPTOSPEED_TEST_POSTGRES";

/// Where a test's store is; it can be opened again.
pub(crate) struct Place {
    _folder: TempDir,
    path: PathBuf,
    server: Option<Server>,
}

/// A connection past the store, to a schema that goes with it.
struct Server {
    runtime: tokio::runtime::Runtime,
    client: tokio_postgres::Client,
    schema: String,
}

impl Server {
    fn connect(url: &str, schema: String) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let client = runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        });
        Self { runtime, client, schema }
    }

    fn run(&self, statements: &str) {
        self.runtime.block_on(self.client.batch_execute(statements)).unwrap();
    }
}

impl Place {
    pub(crate) fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.db");
        Self { _folder: folder, path, server: None }
    }

    /// A schema of its own on the server; `None` where no server is named.
    pub(crate) fn server() -> Option<Self> {
        static SAID: Once = Once::new();
        static SCHEMAS: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = std::env::var(SERVER) else {
            assert!(
                std::env::var_os("UPTOSPEED_CI").is_none(),
                "{SERVER} must name a server in CI"
            );
            SAID.call_once(|| {
                #[expect(clippy::print_stderr, reason = "a test that did not run says so")]
                {
                    eprintln!(
                        "PostgreSQL: NOT tested; {SERVER}=$(scripts/postgres.sh) names a server"
                    );
                }
            });
            return None;
        };
        let n = SCHEMAS.fetch_add(1, Ordering::Relaxed);
        let schema = format!("t{}_{n}", std::process::id());
        let server = Server::connect(&url, schema.clone());
        server.run(&format!(
            "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET search_path = {schema}"
        ));
        let joined = if url.contains('?') { '&' } else { '?' };
        let path = format!("{url}{joined}options=-csearch_path%3D{schema}").into();
        Some(Self { _folder: tempfile::tempdir().unwrap(), path, server: Some(server) })
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.path).unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn is_server(&self) -> bool {
        self.server.is_some()
    }

    /// Cuts all connections of stores to the server that have this place's schema; returns how many there were.
    pub(crate) fn cut_connections(&self) -> usize {
        let Some(server) = &self.server else { return 0 };
        let given: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&server.schema];
        let cut = server.client.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity a
             WHERE application_name = 'uptospeed' AND pid IN (
               SELECT pid FROM pg_locks WHERE relation IN (SELECT oid FROM pg_class WHERE relnamespace = $1::text::regnamespace))",
            &given,
        );
        server.runtime.block_on(cut).unwrap().len()
    }

    /// Runs statements in this store's schema, past the store.
    pub(crate) fn sql(&self, statements: &str) {
        match &self.server {
            Some(server) => server.run(statements),
            None => {
                rusqlite::Connection::open(&self.path).unwrap().execute_batch(statements).unwrap();
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(server) = &self.server
            && !std::thread::panicking()
        {
            server.run(&format!("DROP SCHEMA {} CASCADE", server.schema));
        }
    }
}

/// Runs a test on both engines.
pub(crate) fn on_both(test: impl Fn(&Place)) {
    test(&Place::file());
    if let Some(place) = Place::server() {
        test(&place);
    }
}
