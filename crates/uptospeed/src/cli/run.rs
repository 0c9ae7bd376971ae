//! `uptospeed run`: read, follow and deliver, until stopped.

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::sync::watch;
use tracing::info;

use crate::clock::Clock;
use crate::config::Config;
use crate::owner::{LEASE, Owner};
use crate::pipeline::{Parts, Pipeline, Settings};
use crate::problem::{Code, Problem, of_store};
use crate::roles::{Role, Roles};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Never use the network to install a pack
    #[arg(long)]
    no_install: bool,
    /// Do not open the page
    #[arg(long)]
    no_web: bool,
    /// Run only these parts, and leave the others to other machines on the same PostgreSQL server
    #[arg(long, value_enum, value_delimiter = ',', value_name = "ROLE,…")]
    roles: Vec<Role>,
    /// Take over at once what another process had charge of: only where that one is surely gone
    #[arg(long)]
    take_over: bool,
    /// How long another process waits before it takes over from one that is not heard of: for tests
    #[arg(long, value_name = "MILLISECONDS", default_value_t = LEASE.as_millis() as u64, hide = true)]
    lease: u64,
    /// Run on a clock that is so many seconds ahead: for tests of what takes minutes
    #[arg(long, value_name = "SECONDS", default_value_t = 0, hide = true)]
    ahead: u32,
}

/// Runs one future on a runtime of its own: for commands that ask the network once.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.context("cannot start the async runtime")?.block_on(future))
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    log(&context.config);
    if !args.no_install {
        crate::packs::install_missing(&context.packs, &crate::packs::FOR_READING);
        crate::packs::install_missing(&context.packs, &crate::packs::FOR_PAGES);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start the async runtime")?.block_on(serve(context, args))
}

async fn serve(context: &super::Context, args: &Args) -> Result<ExitCode> {
    let config = &context.config;
    let store = context.store()?;
    let roles = Roles::asked(&args.roles);
    let _only = alone(&store, &roles)?;
    let clock = Clock::ahead(args.ahead);
    let door = config.door()?;
    let mut settings = config.courier();
    if let Some(mail) = &mut settings.mail {
        mail.secret = delivery::kept_secret(&store, "mail.secret")?.unwrap_or_default();
    }
    // A test that lets minutes pass at a start means every clock.
    if args.ahead == 0 {
        let begun = std::time::Instant::now();
        settings.steady = Some(Arc::new(move || begun.elapsed()));
    }
    let wire: Arc<dyn delivery::Wire> = Arc::new(door.clone());
    let courier = crate::owner::courier(wire.clone(), settings.clone());
    let owner = if store.is_server() {
        let length = std::time::Duration::from_millis(args.lease);
        Owner::of_leases(store.clone(), roles.clone(), length, args.take_over)
    } else {
        Owner::of_everything(store.clone())
    };
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(on_signal(stop));
    let desk = Arc::new(delivery::Courier::new(store.clone(), wire, settings));
    let ears = (owner.clone(), courier.clone());
    let inbox = Arc::new(crate::bot::Inbox::new(config, desk, ears, clock.clone())?);
    let bot = tokio::spawn(bot(config.clone(), door.clone(), inbox.clone(), stopped.clone()));

    let mut page = None;
    let has_page = !args.no_web && roles.has(Role::Web);
    if has_page {
        let listener = bind(&config.web_bind).await?;
        let site =
            config.web(store.clone(), clock.clone(), crate::packs::land(&context.packs), None)?;
        let hub = crate::hub::routes(store.clone(), clock.clone());
        let app = web::router_with(site, Some(inbox)).merge(hub);
        let mut stopped = stopped.clone();
        info!(address = %format!("http://{}", config.web_bind), "the page is open");
        super::account::first_link(config, &store, &clock)?;
        page = Some(tokio::spawn(web::serve(listener, app, async move {
            drop(stopped.changed().await);
        })));
    }
    // On a server another process may have the page that hubs call.
    let is_called = has_page || store.is_server();
    if let Some(base) = crate::hub::reachable(&config.web_url).filter(|_| is_called) {
        let intake = intake::Intake::new(door.clone(), store.clone(), config.intake(), clock.now())
            .map_err(|e| of_store(&e))?;
        let owner = owner.clone();
        tokio::spawn(crate::hub::keep(intake, owner, base, clock.clone(), stopped.clone()));
    }
    let mut pipeline = Pipeline::new(Parts {
        store,
        owner: owner.clone(),
        intake: crate::owner::intake(door, config.intake(), clock.clone()),
        reader: context.reader(true),
        courier,
        clock,
        settings: Settings::of(config),
    });
    info!("reading; stop with Ctrl-C or SIGTERM");
    pipeline.run(stopped).await;
    owner.leave();
    drop(tokio::time::timeout(std::time::Duration::from_secs(5), bot).await);
    if let Some(page) = page {
        drop(tokio::time::timeout(std::time::Duration::from_secs(5), page).await);
    }
    let counts = pipeline.counts();
    info!(
        articles = counts.articles,
        updates = counts.updates,
        sent = counts.sent,
        edited = counts.edited,
        "stopped"
    );
    Ok(ExitCode::SUCCESS)
}

/// Sees that a store in a file has no other process that works on it; what is returned keeps others out.
fn alone(store: &store::Store, roles: &Roles) -> Result<Option<std::fs::File>> {
    if store.is_server() {
        return Ok(None);
    }
    if !roles.is_all() {
        return Err(Problem::new(Code::Store, "a store in a file has one process that does everything")
            .help("--roles needs a PostgreSQL server; docs/operating.md says how to move there. For no page: --no-web")
            .into());
    }
    // Beside the store: a lock on its own file would be SQLite's. It goes with the process, however that ends.
    let mut name = store.path().as_os_str().to_owned();
    name.push("-run");
    let cannot = |error: std::io::Error| {
        Problem::new(Code::Store, format!("cannot lock {}: {error}", name.display()))
    };
    let file = std::fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(Problem::new(
            Code::Store,
            format!("another `uptospeed run` works on {}", store.place()),
        )
        .help("stop that one first; several processes need a PostgreSQL server")
        .into()),
        Err(std::fs::TryLockError::Error(error)) => Err(cannot(error).into()),
    }
}

/// Looks at the token, then listens; neither holds up reading.
async fn bot(
    config: Config,
    door: net::Door,
    inbox: Arc<crate::bot::Inbox>,
    stopped: watch::Receiver<bool>,
) {
    check_token(&config, &door).await;
    inbox.run(stopped).await;
}

/// Says at once what is wrong with the token; reading goes on and deliveries wait.
async fn check_token(config: &Config, door: &net::Door) {
    let Some(telegram) = config.courier().telegram else { return };
    match delivery::who_am_i(door, &telegram).await {
        Ok(name) => info!(bot = name, "the bot's token is good"),
        Err(error) => {
            let mut problem = Problem::new(Code::Token, error)
                .help("ask @BotFather for /token and put it there. Reading goes on; deliveries wait, none is lost.");
            if let (Some(file), Some(line)) = (&config.file, config.token_line) {
                problem = problem.at(format!("{}:{line}, telegram.token", file.display()));
            }
            super::note(&problem.to_string());
        }
    }
}

/// Opens the page's address.
pub(super) async fn bind(address: &str) -> Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind(address).await.map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::AddrInUse => "something else listens there".to_owned(),
            std::io::ErrorKind::PermissionDenied => "it may not be opened by this user".to_owned(),
            _ => error.to_string(),
        };
        Problem::new(Code::Port, format!("cannot open the page at {address}: {why}"))
            .help("stop the other program, or set web.bind to another address, such as 127.0.0.1:7979")
            .into()
    })
}

pub(super) async fn on_signal(stop: watch::Sender<bool>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    info!("stopping: what is under way is finished first");
    stop.send_replace(true);
}

/// Sets up logging to stderr; values are fields, secrets never come here.
pub(super) fn log(config: &Config) {
    use std::io::IsTerminal;
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let done = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_target(false)
        .try_init();
    drop(done); // a second log is refused and the first stays
}
