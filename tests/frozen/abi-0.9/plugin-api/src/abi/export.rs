//! What `export_plugin!` puts into a plugin library: the note, the root module, and the constructor behind it.

use abi_stable::library::{CheckTypeLayout, LibHeader, RootModuleResult};
use abi_stable::prefix_type::PrefixTypeTrait;
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RResult, RStr, RString};

use super::adapter::{Adapter, no_required_key};
use super::guard::guard;
use super::log::{LogBridge, install_panic_hook};
use super::record::{ErrorRecord, HostRecord};
use super::runtime::CallRuntime;
use super::settings::parse_settings;
use super::table::{Answer, HostArc, PluginModule, PluginModuleRef, ProviderBox};
use super::{LogLevel, table};
use crate::{CreateError, Host, Plugin};

/// The header that a host finds in the library under [`HEADER_SYMBOL`].
pub const fn header<P: Plugin>() -> LibHeader {
    // SAFETY: `root_module` erases a `PluginModuleRef`, the module type named here.
    unsafe {
        LibHeader::from_constructor::<PluginModuleRef>(root_module::<P>, CheckTypeLayout::Yes)
    }
}

/// The one symbol a plugin library exports. It is abi_stable's name for a root module; see the test below.
pub const HEADER_SYMBOL: &str = "_1as_0lib_1header_0root_bmodule_bloader";

extern "C" fn root_module<P: Plugin>() -> RootModuleResult {
    abi_stable::library::__call_root_module_loader(build_module::<P>)
}

fn build_module<P: Plugin>() -> PluginModuleRef {
    install_panic_hook();
    let module = PluginModule {
        settings_schema: settings_schema::<P>,
        create: create::<P>,
    };
    module.leak_into_prefix()
}

/// The JSON schema of a plugin's settings.
extern "C" fn settings_schema<P: Plugin>() -> Answer<RString> {
    let schema = guard(|| {
        let schema = schemars::schema_for!(P::Settings);
        serde_json::to_string(&schema).expect("a schema is JSON")
    });
    match schema {
        Ok(text) => RResult::ROk(text.into()),
        Err(panic) => refuse(CreateError::new(format!(
            "the settings schema panicked: {panic}"
        ))),
    }
}

/// Makes a provider instance from settings in JSON.
extern "C" fn create<P: Plugin>(
    settings: RStr<'_>,
    host: HostRecord,
    log: HostArc,
) -> Answer<ProviderBox> {
    match guard(|| try_create::<P>(&settings, host, log)) {
        Ok(Ok(adapter)) => RResult::ROk(table::ProviderObject_TO::from_value(adapter, TD_Opaque)),
        Ok(Err(error)) => refuse(error),
        Err(panic) => refuse(CreateError::new(format!(
            "the constructor panicked: {panic}"
        ))),
    }
}

fn try_create<P: Plugin>(
    settings: &str,
    host: HostRecord,
    log: HostArc,
) -> Result<Adapter<P>, CreateError> {
    no_required_key(&host.extensions).map_err(|error| CreateError::new(error.to_string()))?;
    let settings = parse_settings::<P::Settings>(settings)?;
    let log = LogBridge::new(log, LogLevel::from_number(host.max_level));
    let runtime = CallRuntime::new(&host.provider, log.clone())
        .map_err(|error| CreateError::new(format!("no threads for the plugin: {error}")))?;
    let host = Host::new(host.provider.into_string(), host.version.into_string());
    let provider = {
        let _context = runtime.enter();
        log.within(|| P::create(settings, host))?
    };
    Adapter::new(provider, runtime, log)
}

fn refuse<T>(error: CreateError) -> Answer<T> {
    RResult::RErr(ErrorRecord::from(error))
}

#[cfg(test)]
mod tests {
    use super::HEADER_SYMBOL;

    #[test]
    fn the_symbol_is_the_one_abi_stable_looks_for() {
        assert_eq!(HEADER_SYMBOL, abi_stable::library::ROOT_MODULE_LOADER_NAME);
    }
}
