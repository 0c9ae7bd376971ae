//! `uptospeed run`: read, follow and deliver, until stopped.

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::sync::watch;
use tracing::info;

use crate::clock::Clock;
use crate::config::Config;
use crate::pipeline::{Parts, Pipeline, Settings};
use crate::problem::{Code, Problem, of_store};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Never use the network to install a pack
    #[arg(long)]
    no_install: bool,
    /// Do not open the page
    #[arg(long)]
    no_web: bool,
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
    let courier = Arc::new(delivery::Courier::new(store.clone(), Arc::new(door.clone()), settings));
    courier.recover(clock.now())?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(on_signal(stop));
    let inbox = Arc::new(crate::bot::Inbox::new(config, courier.clone(), clock.clone())?);
    let bot = tokio::spawn(bot(config.clone(), door.clone(), inbox.clone(), stopped.clone()));

    let mut page = None;
    if !args.no_web {
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
    let intake = intake::Intake::new(door, store.clone(), config.intake(), clock.now())
        .map_err(|e| of_store(&e))?;
    if let Some(base) = crate::hub::reachable(&config.web_url).filter(|_| !args.no_web) {
        tokio::spawn(crate::hub::keep(intake.clone(), base, clock.clone(), stopped.clone()));
    }
    let parts = Parts {
        store,
        intake,
        reader: context.reader(true),
        courier,
        clock,
        settings: Settings::of(config),
    };
    let mut pipeline = Pipeline::new(parts).map_err(|e| of_store(&e))?;
    info!("reading; stop with Ctrl-C or SIGTERM");
    pipeline.run(stopped).await;
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
